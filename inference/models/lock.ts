import lock from "./models.lock.json" with { type: "json" };

/** Where a model file comes from: a file inside an npm package tarball, or an https address. */
export type ModelSource =
  | { readonly kind: "npm"; readonly package: string; readonly file: string }
  | { readonly kind: "https"; readonly url: string };

/** One file the program may load, pinned by its sha256. */
export interface ModelEntry {
  /** `model/file`, e.g. `silero-vad/model`. */
  readonly id: string;
  readonly source: ModelSource;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
  readonly licence: string;
  /** What the model does, for people. */
  readonly text: string;
}

interface LockedModel {
  readonly id: string;
  readonly source: { readonly npm?: string; readonly file?: string; readonly url?: string };
  readonly sha256: string;
  readonly bytes: number;
  readonly licence: string;
  readonly text: string;
}

/** Entries of a lock's `models`; throws `RangeError` on an entry that could not be fetched or verified. */
export const modelEntries = (models: readonly LockedModel[]): readonly ModelEntry[] =>
  models.map((model) => {
    if (!/^[a-z0-9-]+\/[a-z0-9-]+$/.test(model.id))
      throw new RangeError(`model id ${model.id} is not model/file`);
    if (!/^[0-9a-f]{64}$/.test(model.sha256)) throw new RangeError(`${model.id} has no sha256`);
    if (!Number.isInteger(model.bytes) || model.bytes < 1) throw new RangeError(`${model.id} has no size`);
    return { ...model, source: sourceOf(model) };
  });

const sourceOf = ({ id, source }: LockedModel): ModelSource => {
  if (source.npm !== undefined && source.file !== undefined)
    return { kind: "npm", package: source.npm, file: source.file };
  if (source.url !== undefined) return { kind: "https", url: source.url };
  throw new RangeError(`${id} has no source`);
};

/** The models this version of the program was built and measured with. */
export const MODEL_LOCK: readonly ModelEntry[] = modelEntries(lock.models);
