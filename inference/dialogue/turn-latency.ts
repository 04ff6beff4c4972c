import type { TurnId } from "../../bridge/core/frames.ts";
import type { Micros } from "../../bridge/core/time.ts";
import type { Asked } from "./agenda.ts";
import type { TurnLatency } from "./conversation-ports.ts";
import type { TurnMarks } from "./turns.ts";

/** Splits the time from the user's last sound to the puppet's first into stages; what was never marked takes no time. */
export const turnLatency = (
  turn: TurnId,
  times: { asked: Asked; marks: TurnMarks; heard: Micros },
): TurnLatency => {
  const { asked, marks, heard } = times;
  const chunk = marks.firstChunk ?? heard;
  const clause = earlier(marks.firstClause ?? chunk, chunk);
  const token = earlier(marks.firstToken ?? clause, clause);
  return {
    kind: "latency",
    turn,
    total: span(asked.endOfSpeech, heard),
    stages: {
      hangover: span(asked.endOfSpeech, asked.decided),
      asr: span(asked.decided, asked.asked),
      llm: span(asked.asked, token),
      clause: span(token, clause),
      voice: span(clause, chunk),
      playout: span(chunk, heard),
    },
  };
};

const earlier = (a: Micros, b: Micros): Micros => (a < b ? a : b);
const span = (from: Micros, to: Micros): Micros => Math.max(0, to - from) as Micros;
