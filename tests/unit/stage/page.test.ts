import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const page = (name: string): string =>
  readFileSync(new URL(`../../../bridge/stage/${name}`, import.meta.url), "utf8");

test.each(["index.html", "puppet.html"])(
  "%s needs no inline script, no inline style and no other host",
  (name) => {
    const html = page(name);
    expect(html).not.toMatch(/\sstyle=|<style|\son\w+="|javascript:/i);
    for (const [script] of html.matchAll(/<script[^>]*>/g)) expect(script).toMatch(/\ssrc="\.\//);
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  },
);

test("every control of the console has a name in both languages", () => {
  const html = page("index.html");
  for (const [whole, attributes, content] of html.matchAll(
    /<(?:button|textarea)\b([^>]*)>([\s\S]*?)<\/(?:button|textarea)>/g,
  )) {
    const named = /data-i18n(?:-label)?="/.test(attributes ?? "") || /data-i18n="/.test(content ?? "");
    expect(named, whole).toBe(true);
  }
  for (const [canvas] of html.matchAll(/<(?:canvas|meter)\b[^>]*>/g))
    expect(canvas).toMatch(/data-i18n-label="/);
});

test("everything a test reaches for carries the id it is called by", () => {
  for (const [, id, testId] of page("index.html").matchAll(/id="([\w-]+)" data-testid="([\w-]+)"/g))
    expect(testId).toBe(id);
});
