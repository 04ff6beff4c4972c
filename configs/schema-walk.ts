/** The parts of a JSON schema that lead from a path to what may stand there. */
export interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
}

/** The schema at `path` of `value`; a choice is followed by the provider that `value` names. */
export const schemaAt = (
  schema: SchemaNode,
  path: readonly PropertyKey[],
  value: unknown,
): SchemaNode | undefined => {
  const node = chosen(schema, value);
  const [part, ...rest] = path;
  if (part === undefined) return node;
  const next = typeof part === "number" ? node?.items : node?.properties?.[String(part)];
  return next === undefined ? undefined : schemaAt(next, rest, valueAt(value, [part]));
};

/** Settings that may stand in the group at `path`. */
export const keysAt = (schema: SchemaNode, path: readonly PropertyKey[], value: unknown): readonly string[] =>
  Object.keys(schemaAt(schema, path, value)?.properties ?? {});

/** The value at `path` of plain YAML, or undefined. */
export const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, part) => {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
    return (at as Record<PropertyKey, unknown>)[part];
  }, value);

const chosen = (schema: SchemaNode, value: unknown): SchemaNode | undefined => {
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices === undefined) return schema;
  const provider = valueAt(value, ["provider"]);
  return choices.find((choice) => choice.properties?.["provider"]?.const === provider) ?? choices[0];
};
