import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface PackageLicence {
  readonly name: string;
  readonly version: string;
  /** As the package states it, or "unknown". */
  readonly licence: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string | { readonly type?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Every package that runs with the program in `folder`, by name, as it is installed here. Absent ones are left out. */
export const packageLicences = (folder: string): readonly PackageLicence[] => {
  const found = new Map<string, PackageLicence>();
  const seen = new Set<string>();
  const visit = (from: string): void => {
    const { dependencies = {}, optionalDependencies = {} } = readManifest(from);
    for (const name of [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]) {
      const at = installedAt(name, from);
      if (at === undefined || seen.has(at)) continue;
      seen.add(at);
      const { version = "?", license } = readManifest(at);
      const licence = typeof license === "string" ? license : (license?.type ?? "unknown");
      found.set(`${name}@${version}`, { name, version, licence });
      visit(at);
    }
  };
  visit(folder);
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
};

/** Node's own way: the nearest node_modules that has it, from `from` upwards. */
export const installedAt = (name: string, from: string): string | undefined => {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
};

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
