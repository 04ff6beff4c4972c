import { BunrakuError } from "../../bridge/core/errors.ts";
import type { Made, ProviderTools } from "../../inference/dialogue/provider.ts";

/** A preset's choice of a provider: its id, with the provider's options beside it. */
export interface Choice {
  readonly provider: string;
}

/** Any provider of a kind, whatever its options are: they are parsed by its own schema before `create` sees them. */
interface AnyProvider<Capabilities, M extends Made> {
  readonly id: string;
  readonly options: { parse(value: unknown): unknown };
  readonly capabilities: Capabilities;
  create(options: never, tools: ProviderTools): Promise<M>;
}

/** The provider that a preset chose. Throws fault `config` with the names there are. */
export const chosen = <Capabilities, M extends Made>(
  list: readonly AnyProvider<Capabilities, M>[],
  choice: Choice,
): AnyProvider<Capabilities, M> => {
  const found = list.find((provider) => provider.id === choice.provider);
  if (found !== undefined) return found;
  const names = list.map((provider) => provider.id).join(", ");
  throw new BunrakuError("config", `"${choice.provider}" is not a provider; use one of ${names}`);
};

/** Makes the chosen provider with the options beside its name. Rejects with the provider's own fault. */
export const open = async <Capabilities, M extends Made>(
  list: readonly AnyProvider<Capabilities, M>[],
  choice: Choice,
  tools: ProviderTools,
): Promise<M> => {
  const provider = chosen(list, choice);
  const { provider: _id, ...options } = choice;
  return provider.create(provider.options.parse(options) as never, tools);
};
