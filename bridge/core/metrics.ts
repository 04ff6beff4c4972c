/** Labels of a series: few, and from closed sets. */
export type Labels = Readonly<Record<string, string>>;

interface Series {
  readonly kind: "counter" | "gauge" | "summary";
  readonly help: string;
  readonly values: Map<string, Cell>;
}

interface Cell {
  value: number;
  count: number;
  /** The newest observations of a summary, a ring of at most `WINDOW`. */
  readonly ring: number[];
}

/** Observations a summary's quantiles are taken over. */
const WINDOW = 1_024;
/** Label sets a series may have; more are counted under `overflow`, so a bad label cannot eat memory. */
const MAX_CELLS = 256;

/** Counters, gauges and summaries, printed in Prometheus text format. */
export class Metrics {
  readonly #series = new Map<string, Series>();

  /** Adds to a counter. */
  count(name: string, help: string, by = 1, labels: Labels = {}): void {
    this.#cell(name, "counter", help, labels).value += by;
  }

  /** Sets a gauge. */
  gauge(name: string, help: string, value: number, labels: Labels = {}): void {
    this.#cell(name, "gauge", help, labels).value = value;
  }

  /** Adds one observation to a summary with quantiles 0.5, 0.95 and 0.99 over the newest 1,024. */
  observe(name: string, help: string, value: number, labels: Labels = {}): void {
    const cell = this.#cell(name, "summary", help, labels);
    cell.ring[cell.count % WINDOW] = value;
    cell.count++;
    cell.value += value;
  }

  /** The text of `/metrics`. */
  print(): string {
    const lines: string[] = [];
    for (const [name, series] of this.#series) {
      lines.push(`# HELP ${name} ${series.help}`, `# TYPE ${name} ${series.kind}`);
      for (const [labels, cell] of series.values) {
        if (series.kind !== "summary") {
          lines.push(`${name}${labels} ${cell.value}`);
          continue;
        }
        const sorted = [...cell.ring].sort((a, b) => a - b);
        for (const q of [0.5, 0.95, 0.99])
          lines.push(`${name}${withLabel(labels, `quantile="${q}"`)} ${quantile(sorted, q)}`);
        lines.push(`${name}_sum${labels} ${cell.value}`, `${name}_count${labels} ${cell.count}`);
      }
    }
    return `${lines.join("\n")}\n`;
  }

  #cell(name: string, kind: Series["kind"], help: string, labels: Labels): Cell {
    let series = this.#series.get(name);
    if (series === undefined) {
      series = { kind, help, values: new Map() };
      this.#series.set(name, series);
    }
    const wanted = printLabels(labels);
    const key = series.values.has(wanted) || series.values.size < MAX_CELLS ? wanted : '{overflow="true"}';
    let cell = series.values.get(key);
    if (cell === undefined) {
      cell = { value: 0, count: 0, ring: [] };
      series.values.set(key, cell);
    }
    return cell;
  }
}

/** The `q` quantile (0..1) of ascending `sorted`, nearest rank; NaN when empty. */
export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;

const printLabels = (labels: Labels): string => {
  const entries = Object.entries(labels);
  if (entries.length === 0) return "";
  return `{${entries.map(([key, value]) => `${key}="${value.replace(/[\\"\n]/g, "_")}"`).join(",")}}`;
};

const withLabel = (labels: string, extra: string): string =>
  labels === "" ? `{${extra}}` : `${labels.slice(0, -1)},${extra}}`;
