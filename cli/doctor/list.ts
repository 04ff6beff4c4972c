import type { Check } from "./finding.ts";
import { models } from "./models.ts";
import { ports } from "./ports.ts";
import { preset } from "./preset.ts";
import { setup } from "./setup.ts";
import { timing } from "./timing.ts";
import { unreal } from "./unreal.ts";
import { voice } from "./voice.ts";

/** Every examination, in the order of a show: what is installed, what was asked for, then each part. */
export const checks: readonly Check[] = [setup, preset, ports, models, voice, timing, unreal];
