import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the program: where its package.json lies, seen from the source as from the build. */
export const projectFolder = (): string => {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    // The build holds a package.json without a name.
    if (existsSync(manifest) && readFileSync(manifest, "utf8").includes('"name": "bunraku"')) return folder;
    if (dirname(folder) === folder) throw new Error("the program has lost its package.json");
  }
};
