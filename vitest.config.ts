import { defineConfig } from "vitest/config";

/** Tests that draw in a real browser: one at a time and after the others, or software rendering starves them all. */
const BROWSER = [
  "tests/e2e/page*.test.ts",
  "tests/unit/stage/login.test.ts",
  "tests/unit/server/page-policy.test.ts",
];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "house",
          include: ["tests/{unit,property,golden,e2e}/**/*.test.ts", "tests/*.test.ts"],
          exclude: BROWSER,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "browser", include: BROWSER, fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
