/** How one sample is stored, always little-endian. */
export type SampleFormat = "u8" | "s16" | "s24" | "s32" | "f32" | "f64";

/** One sample as -1..1. A float that is no number, or beyond full scale, is brought back: filters would keep it for ever. */
export const readSample = (view: DataView, at: number, format: SampleFormat): number => {
  switch (format) {
    case "u8":
      return (view.getUint8(at) - 128) / 128;
    case "s16":
      return view.getInt16(at, true) / 32_768;
    case "s24":
      return (view.getUint16(at, true) + view.getInt8(at + 2) * 65_536) / 8_388_608;
    case "s32":
      return view.getInt32(at, true) / 2_147_483_648;
    case "f32":
      return bounded(view.getFloat32(at, true));
    case "f64":
      return bounded(view.getFloat64(at, true));
  }
};

const bounded = (value: number): number => (Number.isNaN(value) ? 0 : Math.max(-1, Math.min(1, value)));
