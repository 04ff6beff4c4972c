import { expect, test } from "vitest";
import { chooseQuality } from "../../../bridge/stage/puppet/quality.ts";

test("software renderers get the low quality by themselves", () => {
  for (const renderer of [
    "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)",
    "Mesa/X.org, llvmpipe (LLVM 15.0.6, 256 bits)",
    "ANGLE (Microsoft, Microsoft Basic Render Driver, D3D11)",
  ])
    expect(chooseQuality(null, renderer)).toBe("low");
  expect(chooseQuality(null, "ANGLE (NVIDIA, NVIDIA GeForce RTX 4090, D3D11)")).toBe("high");
});

test("the address bar overrules the renderer's name", () => {
  expect(chooseQuality("high", "SwiftShader")).toBe("high");
  expect(chooseQuality("low", "Apple M3")).toBe("low");
  expect(chooseQuality("ultra", "Apple M3")).toBe("high");
});
