import { BunrakuError } from "../../../bridge/core/errors.ts";
import { nameOf, unreadable, type Endpoint } from "./openai-fault.ts";

/** What one event of a streamed answer says. */
export interface AnswerPiece {
  /** Text to speak; thoughts and tool calls are left out. */
  readonly text: string;
  /** Why the model stopped, where it said so. */
  readonly finish: string | undefined;
}

interface Choice {
  readonly delta?: { readonly content?: unknown } | null;
  readonly message?: { readonly content?: unknown } | null;
  readonly finish_reason?: unknown;
}

/** Reads one JSON object of the chat API, a streamed chunk or a whole completion. Throws a `BunrakuError` on anything else. */
export const readPiece = (data: string, endpoint: Endpoint): AnswerPiece => {
  const parsed = parse(data, endpoint);
  if (parsed["error"] !== undefined && parsed["error"] !== null) {
    throw new BunrakuError(
      "model",
      `${nameOf(endpoint)} reports a failure of its own in the middle of an answer.`,
    );
  }
  const choices = parsed["choices"];
  // A usage chunk has no choices; other objects are keep-alives of one server or another.
  const choice = Array.isArray(choices) ? (choices[0] as Choice | null | undefined) : undefined;
  const content = choice?.delta?.content ?? choice?.message?.content;
  const finish = choice?.finish_reason;
  return {
    text: typeof content === "string" ? content : partsOf(content),
    finish: typeof finish === "string" ? finish : undefined,
  };
};

const parse = (data: string, endpoint: Endpoint): Record<string, unknown> => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(data);
  } catch (cause) {
    throw unreadable(endpoint, "something unreadable", cause);
  }
  if (typeof parsed !== "object" || parsed === null) throw unreadable(endpoint, "something unreadable");
  return parsed as Record<string, unknown>;
};

/** Some servers send content as parts; only parts of type text are spoken. */
const partsOf = (content: unknown): string => {
  if (!Array.isArray(content)) return "";
  return content
    .map((part: { type?: unknown; text?: unknown } | null) =>
      part?.type === "text" && typeof part.text === "string" ? part.text : "",
    )
    .join("");
};
