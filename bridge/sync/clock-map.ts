import type { Micros } from "../core/time.ts";

/** A linear relation of the daemon's clock to an engine's: engineAt + (t - daemonAt) * (1 + skew). Immutable. */
export interface ClockMap {
  readonly daemonAt: Micros;
  readonly engineAt: Micros;
  /** Engine seconds per daemon second, minus one. */
  readonly skew: number;
}

/** A map for an engine that lives on the daemon's own clock. */
export const SAME_CLOCK: ClockMap = { daemonAt: 0 as Micros, engineAt: 0 as Micros, skew: 0 };

/** Engine time of a daemon time, fractional µs. */
export const toEngine = (map: ClockMap, daemon: number): number =>
  map.engineAt + (daemon - map.daemonAt) * (1 + map.skew);

/** Daemon time of an engine time, fractional µs. */
export const toDaemon = (map: ClockMap, engine: number): number =>
  map.daemonAt + (engine - map.engineAt) / (1 + map.skew);
