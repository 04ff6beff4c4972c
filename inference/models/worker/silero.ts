import { floatsOf, onnxRuntime, openSession } from "./onnx.ts";
import { serve } from "./serve.ts";
import { VAD_INPUT, VAD_ITEM, VAD_OUTPUT, VAD_STATE } from "./silero-shape.ts";

// One request is a batch: items of window and state, one after another. The worker keeps nothing between requests, so a
// stream survives its worker.
serve(async (files) => {
  const runtime = await onnxRuntime();
  const session = await openSession(runtime, files["model"]);
  const rate = new runtime.Tensor("int64", BigInt64Array.from([16_000n]), []);

  return async (input) => {
    if (!(input instanceof Float32Array) || input.length === 0 || input.length % VAD_ITEM !== 0)
      throw new Error("a VAD request is whole items of window and state");
    const count = input.length / VAD_ITEM;
    const windows = new Float32Array(count * VAD_INPUT);
    const states = new Float32Array(count * VAD_STATE);
    const half = VAD_STATE / 2;
    for (let i = 0; i < count; i++) {
      const item = input.subarray(i * VAD_ITEM, (i + 1) * VAD_ITEM);
      windows.set(item.subarray(0, VAD_INPUT), i * VAD_INPUT);
      // The model wants [2, batch, 128]: both halves of the state lie apart.
      states.set(item.subarray(VAD_INPUT, VAD_INPUT + half), i * half);
      states.set(item.subarray(VAD_INPUT + half), (count + i) * half);
    }
    const result = await session.run({
      input: new runtime.Tensor("float32", windows, [count, VAD_INPUT]),
      state: new runtime.Tensor("float32", states, [2, count, half]),
      sr: rate,
    });
    const { data: probabilities } = floatsOf(result, "output");
    const { data: next } = floatsOf(result, "stateN");
    const output = new Float32Array(count * VAD_OUTPUT);
    for (let i = 0; i < count; i++) {
      const item = output.subarray(i * VAD_OUTPUT, (i + 1) * VAD_OUTPUT);
      item[0] = probabilities[i] ?? 0;
      item.set(next.subarray(i * half, (i + 1) * half), 1);
      item.set(next.subarray((count + i) * half, (count + i + 1) * half), 1 + half);
    }
    return { output, transfer: [output.buffer] };
  };
});
