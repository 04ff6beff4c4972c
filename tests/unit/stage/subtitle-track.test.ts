import { expect, test } from "vitest";
import { SubtitleTrack } from "../../../bridge/stage/console/subtitle-track.ts";

const clause = (turn: number, index: number, text: string, pts: number, end: number) => ({
  turn,
  clause: index,
  text,
  pts,
  end,
});

test("a clause shows once it sounds, split where the voice is, at the end of a word", () => {
  const track = new SubtitleTrack();
  track.add(clause(1, 0, "Hello there, friend.", 1_000_000, 2_000_000));
  expect(track.at(999_999)).toEqual({ heard: "", pending: "" });
  expect(track.at(1_100_000)).toEqual({ heard: "Hello", pending: " there, friend." });
  expect(track.at(1_500_000)).toEqual({ heard: "Hello there", pending: ", friend." });
  expect(track.at(2_000_000)).toEqual({ heard: "Hello there, friend.", pending: "" });
});

test("Chinese lights up character by character", () => {
  const track = new SubtitleTrack();
  track.add(clause(1, 0, "你好世界", 0, 400_000));
  expect(track.at(100_000)).toEqual({ heard: "你", pending: "好世界" });
  expect(track.at(200_000)).toEqual({ heard: "你好", pending: "世界" });
});

test("an emoji of several code points is never cut", () => {
  const track = new SubtitleTrack();
  track.add(clause(1, 0, "👩‍🎤👏🏽", 0, 2));
  expect(track.at(1)).toEqual({ heard: "👩‍🎤", pending: "👏🏽" });
});

test("the next clause takes over, and the last one fades after its end", () => {
  const track = new SubtitleTrack();
  track.add(clause(1, 1, "two", 2_000_000, 3_000_000));
  track.add(clause(1, 0, "one", 1_000_000, 2_000_000));
  expect(track.at(1_900_000).heard).toBe("one");
  expect(track.at(2_900_000).heard).toBe("two");
  expect(track.at(3_500_000).heard).toBe("two");
  expect(track.at(4_500_000)).toEqual({ heard: "", pending: "" });
});

test("a clause that is sent again replaces itself", () => {
  const track = new SubtitleTrack();
  track.add(clause(1, 0, "wrong", 0, 10));
  track.add(clause(1, 0, "right", 0, 10));
  expect(track.at(10).heard).toBe("right");
});

test("an interrupted turn leaves the screen", () => {
  const track = new SubtitleTrack();
  track.add(clause(1, 0, "going on and on", 0, 10_000_000));
  track.flush(1);
  expect(track.at(1_000)).toEqual({ heard: "", pending: "" });
});
