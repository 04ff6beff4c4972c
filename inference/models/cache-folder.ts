import { posix, win32 } from "node:path";

/** What decides the cache folder: the environment, `process.platform` and the user's home. */
export interface CachePlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly home: string;
}

/** Folder that every checkout of this user shares: `BUNRAKU_CACHE`, or the platform's own cache folder. */
export const cacheFolder = ({ env, platform, home }: CachePlace): string => {
  const path = platform === "win32" ? win32 : posix;
  const set = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  const chosen = set("BUNRAKU_CACHE");
  if (chosen !== undefined) return chosen;
  if (platform === "win32")
    return path.join(set("LOCALAPPDATA") ?? path.join(home, "AppData", "Local"), "bunraku");
  if (platform === "darwin") return path.join(home, "Library", "Caches", "bunraku");
  // The XDG specification says that a relative path must be ignored.
  const xdg = set("XDG_CACHE_HOME");
  return path.join(xdg?.startsWith("/") === true ? xdg : path.join(home, ".cache"), "bunraku");
};
