import { expect, test } from "vitest";
import { cacheFolder } from "../../../inference/models/cache-folder.ts";

test.each([
  [
    "BUNRAKU_CACHE wins everywhere",
    { env: { BUNRAKU_CACHE: "/big/disk" }, platform: "darwin", home: "/Users/a" },
    "/big/disk",
  ],
  [
    "Linux follows XDG",
    { env: { XDG_CACHE_HOME: "/x/cache" }, platform: "linux", home: "/home/a" },
    "/x/cache/bunraku",
  ],
  [
    "Linux without XDG uses ~/.cache",
    { env: {}, platform: "linux", home: "/home/a" },
    "/home/a/.cache/bunraku",
  ],
  [
    "a relative XDG folder is ignored",
    { env: { XDG_CACHE_HOME: "cache" }, platform: "linux", home: "/home/a" },
    "/home/a/.cache/bunraku",
  ],
  [
    "an empty variable is no choice",
    { env: { BUNRAKU_CACHE: "" }, platform: "linux", home: "/home/a" },
    "/home/a/.cache/bunraku",
  ],
  [
    "macOS has its Caches",
    { env: {}, platform: "darwin", home: "/Users/a" },
    "/Users/a/Library/Caches/bunraku",
  ],
  [
    "Windows has LOCALAPPDATA",
    { env: { LOCALAPPDATA: "C:\\Users\\a\\AppData\\Local" }, platform: "win32", home: "C:\\Users\\a" },
    "C:\\Users\\a\\AppData\\Local\\bunraku",
  ],
  [
    "Windows without it guesses the same place",
    { env: {}, platform: "win32", home: "C:\\Users\\a" },
    "C:\\Users\\a\\AppData\\Local\\bunraku",
  ],
])("%s", (_name, place, expected) => {
  expect(cacheFolder(place)).toBe(expected);
});
