import type { InferenceSession, OnnxValue, Tensor } from "onnxruntime-node";
import tokenizer from "llama-tokenizer-js";
import { firstToken, keptLength, repeats, runawayLimit, withoutLoop } from "./decode-guard.ts";
import { floatsOf, onnxRuntime, openSession } from "./onnx.ts";
import { serve } from "./serve.ts";

/** Samples of one segment (mono, 16 kHz) and the tokens of an earlier partial, which are checked in one decoder call. */
export interface Segment {
  readonly samples: Float32Array;
  readonly draft: readonly number[];
}

/** What was heard in a segment; `tokens` are the draft of the next, longer one. */
export interface Hearing {
  readonly text: string;
  readonly tokens: readonly number[];
}

const START = 1;
const END = 2;
const LAYERS = 6;
const HEADS = 8;
const WIDTH = 36;
const CACHES = Array.from({ length: LAYERS }, (_, layer) =>
  ["decoder", "encoder"].flatMap((side) => ["key", "value"].map((part) => `${layer}.${side}.${part}`)),
).flat();

serve(async (files) => {
  const runtime = await onnxRuntime();
  const encoder = await openSession(runtime, files["encoder"]);
  const decoder = await openSession(runtime, files["decoder"]);
  const floats = (values: Float32Array, dims: readonly number[]): Tensor =>
    new runtime.Tensor("float32", values, dims);

  /** Decoder cache cut to its first `length` positions. */
  const cut = (cache: OnnxValue, length: number): OnnxValue => {
    const [, heads = 0, time = 0, depth = 0] = cache.dims;
    if (length >= time || !(cache.data instanceof Float32Array)) return cache;
    const kept = new Float32Array(heads * length * depth);
    for (let head = 0; head < heads; head++) {
      const from = head * time * depth;
      kept.set(cache.data.subarray(from, from + length * depth), head * length * depth);
    }
    return floats(kept, [1, heads, length, depth]);
  };

  const decode = async ({ samples, draft }: Segment, cancelled: () => boolean): Promise<number[]> => {
    const heard = await encoder.run({ input_values: floats(samples, [1, samples.length]) });
    const hidden = floatsOf(heard, "last_hidden_state");
    const past: Record<string, OnnxValue> = {};
    for (const name of CACHES)
      past[`past_key_values.${name}`] = floats(new Float32Array(0), [0, HEADS, 1, WIDTH]);
    const step = async (tokens: readonly number[], cached: boolean): Promise<InferenceSession.ReturnType> => {
      if (cancelled()) throw new Error("cancelled");
      return decoder.run({
        input_ids: new runtime.Tensor("int64", BigInt64Array.from(tokens, BigInt), [1, tokens.length]),
        encoder_hidden_states: hidden,
        use_cache_branch: new runtime.Tensor("bool", [cached], [1]),
        ...past,
      });
    };
    const keep = (result: InferenceSession.ReturnType, side: string, length: number): void => {
      for (const name of CACHES) {
        const value = result[`present.${name}`];
        if (name.includes(side) && value !== undefined)
          past[`past_key_values.${name}`] = side === "decoder" ? cut(value, length) : value;
      }
    };

    if (cancelled()) throw new Error("cancelled");
    const first = await step([START, ...draft], false);
    const logits = floatsOf(first, "logits");
    const guesses = bestTokens(logits);
    // Short words between silences read as nothing, narrowly: "Who are you?" alone came out empty 6 times in 6.
    guesses[0] = firstToken(logits.data.subarray(0, logits.dims[2]), END);
    const kept = keptLength(draft, guesses);
    keep(first, "decoder", kept + 1);
    // The encoder's keys and values come out of the first call only; later calls return them empty.
    keep(first, "encoder", 0);
    const tokens = draft.slice(0, kept);
    const limit = runawayLimit(samples.length);
    let next = guesses[kept] ?? END;
    while (next !== END && tokens.length < limit) {
      tokens.push(next);
      if (repeats(tokens)) break;
      const result = await step([next], true);
      keep(result, "decoder", Number.POSITIVE_INFINITY);
      next = bestTokens(floatsOf(result, "logits"))[0] ?? END;
    }
    return tokens;
  };

  return async (input, cancelled) => {
    const tokens = withoutLoop(await decode(input as Segment, cancelled));
    const output: Hearing = { text: tokenizer.decode([...tokens], false, false).trim(), tokens };
    return { output, transfer: [] };
  };
});

/** The likeliest token at each position of the logits. */
const bestTokens = ({ data, dims }: { data: Float32Array; dims: readonly number[] }): number[] => {
  const width = dims[2] ?? 0;
  return Array.from({ length: dims[1] ?? 0 }, (_, position) => {
    const from = position * width;
    let best = 0;
    for (let token = 1; token < width; token++)
      if ((data[from + token] ?? 0) > (data[from + best] ?? 0)) best = token;
    return best;
  });
};
