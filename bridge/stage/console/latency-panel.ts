/** Stages shown at most. */
const SHOWN = 6;

/** The newest turn's way from the end of the user's words to the first sound, stage by stage. Values are ms. */
export const showLatency = (
  panel: { readonly total: HTMLElement; readonly list: HTMLElement },
  stages: Readonly<Record<string, number>>,
): void => {
  const entries = Object.entries(stages).filter(([, ms]) => Number.isFinite(ms));
  const parts = entries.filter(([name]) => name !== "total");
  const total = stages["total"] ?? parts.reduce((sum, [, ms]) => sum + ms, 0);
  panel.total.textContent = `${Math.round(total)} ms`;
  panel.list.replaceChildren(...parts.slice(0, SHOWN).map(([name, ms]) => bar(name, ms, total)));
};

const bar = (name: string, ms: number, total: number): HTMLElement => {
  const item = document.createElement("li");
  const label = document.createElement("span");
  label.textContent = name;
  const share = document.createElement("progress");
  share.max = Math.max(1, total);
  share.value = Math.max(0, ms);
  share.setAttribute("aria-label", name);
  const reading = document.createElement("output");
  reading.textContent = `${Math.round(ms)} ms`;
  item.append(label, share, reading);
  return item;
};
