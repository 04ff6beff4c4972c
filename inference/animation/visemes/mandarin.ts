import { glide, one, stop, triple, type Sight } from "./viseme.ts";

/**
 * Symbols of eSpeak NG's `cmn-latn-pinyin` voice as the WebAssembly build emits them (its own mix of IPA and
 * mnemonics), without stress marks: collected from all 414 syllables of Mandarin in five tones. The pinyin each stands
 * for is noted where it is not plain.
 */
export const MANDARIN: Readonly<Record<string, Sight>> = {
  p: stop("PP"), // b
  ph: stop("PP"), // p
  m: one("PP"),
  f: one("FF"),
  t: stop("DD"), // d
  th: stop("DD"), // t
  n: one("nn"),
  l: one("nn"),
  k: stop("kk"), // g
  kh: stop("kk"), // k
  χ: one("weak"), // h
  tɕ: one("JI"), // j
  tɕh: one("JI"), // q
  ɕ: one("JI"), // x
  "ts.": one("CH"), // zh
  "ts.h": one("CH"), // ch
  "s.": one("CH"), // sh
  ʐ: one("RR"), // r
  ts: one("SS"), // z
  tsh: one("SS"), // c
  s: one("SS"),
  j: one("yod"), // y-
  w: one("waw"),
  ŋ: one("weak"), // -ng
  "ŋ-": one("weak"), // ng alone
  a: one("aa"),
  ɑ: one("aa"),
  o: one("O"),
  "o-": one("schwa"), // e
  ə: one("schwa"),
  ər: one("ER"), // er
  i: one("I"),
  "i.": one("zhi"), // -i of zhi chi shi ri
  i̪: one("zi"), // -i of zi ci si
  u: one("U"),
  y: one("Y"), // ü
  ai: glide("aa", "I"),
  ei: glide("E", "I"),
  ɑu: glide("aa", "U"),
  ou: glide("O", "U"),
  onɡ: glide("O", "weak", 0.75), // -ong, one symbol
  iɑ: glide("I", "aa", 0.3),
  iɛ: glide("I", "E", 0.35),
  io: glide("I", "O", 0.35),
  iou: triple("I", "O", "U"), // -iu
  ua: glide("U", "aa", 0.35),
  uo: glide("U", "O", 0.45),
  uə: glide("U", "schwa", 0.45), // -un
  uai: triple("U", "aa", "I"),
  uei: triple("U", "E", "I"), // -ui
  yɛ: glide("Y", "E", 0.45), // -üe
  yæ: glide("Y", "ae", 0.45), // -üan
  yə: glide("Y", "schwa", 0.7), // -ün
  yi: one("Y"), // -ün after q
};
