import { z } from "zod";
import { liveLinkOptions } from "../bridge/engines/live-link.options.ts";
import { speakerOptions } from "../bridge/engines/speaker.options.ts";
import { asrChoice, llmChoice, ttsChoice } from "./providers.ts";

const silenceMs = (ms: number, text: string) =>
  z.number().int().min(50).max(5_000).default(ms).describe(text);

const puppet = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "must be lower-case letters, digits, - and _, 64 at most")
    .describe("Name of the puppet in the daemon, its page and its commands"),
  subject: z.string().trim().min(1).max(64).default("Bunraku").describe("Its name in Live Link"),
  character: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "must be the name of a file in characters/, without .yaml")
    .default("default")
    .describe("Who it plays: a file in characters/"),
  seed: z
    .number()
    .int()
    .min(0)
    .max(0xffff_ffff)
    .default(1)
    .describe("Start of its blinks, glances and sways: the same seed, the same life"),
});

/** Everything a performance is made of, in one YAML file. */
export const presetSchema = z.strictObject({
  version: z.literal(1).describe("Version of this format"),
  extends: z.string().min(1).optional().describe("Another preset, by name or path, that this one changes"),
  lang: z
    .enum(["en", "zh"])
    .default("en")
    .describe("Language of ears and greeting; typed text is understood in both"),
  listen: z
    .strictObject({
      host: z
        .string()
        .min(1)
        .max(253)
        .default("127.0.0.1")
        .describe("Address to listen on; beyond this machine it takes --listen and a token"),
      port: z
        .number()
        .int()
        .min(0)
        .max(65_535)
        .default(7_311)
        .describe("Port of page, links and commands; 0 takes any free one"),
      hosts: z
        .array(
          z
            .string()
            .regex(
              /^[a-z0-9.-]+(:\d{1,5})?$/i,
              "must be a host name, with a port where a proxy uses another",
            ),
        )
        .max(32)
        .default([])
        .describe("Names beside localhost and addresses that the daemon answers to"),
    })
    .prefault({}),
  puppets: z.array(puppet).min(1).max(64).describe("Who performs"),
  asr: asrChoice.describe("The ears"),
  llm: llmChoice.describe("The mind"),
  tts: ttsChoice.describe("The voice"),
  endpoint: z
    .strictObject({
      finishedMs: silenceMs(250, "Silence that ends a turn whose words end a sentence"),
      openMs: silenceMs(500, "Silence that ends a turn of which one cannot say"),
      unfinishedMs: silenceMs(800, "Silence that ends a turn whose words stop in the middle"),
    })
    .prefault({})
    .describe("When the user has finished speaking"),
  engines: z
    .strictObject({
      liveLink: liveLinkOptions
        .extend({ enabled: z.boolean().default(false).describe("Send Live Link Face to Unreal") })
        .prefault({}),
      speaker: speakerOptions
        .extend({
          enabled: z.boolean().default(false).describe("Play the voice on this machine's sound card"),
        })
        .prefault({}),
    })
    .prefault({})
    .describe("Who renders the puppets, beside pages and plugins, which come by themselves"),
  log: z
    .strictObject({
      level: z.enum(["debug", "info", "warn", "error"]).default("info").describe("What is worth a line"),
      personal: z.boolean().default(false).describe("Write what people say into the log"),
    })
    .prefault({}),
});

/** A checked preset, defaults filled in. */
export type Preset = z.output<typeof presetSchema>;
