// Speaks a 16-bit mono wav through a running puppet and prints how it is heard: node voice-client.mjs hello.wav [ws://127.0.0.1:7311/link]
/* oxlint-disable no-console -- its output is what it is for */
import { readFileSync } from "node:fs";
import { WebSocket } from "ws";

const [file, url = "ws://127.0.0.1:7311/link"] = process.argv.slice(2);
const wav = readFileSync(file);
const [rate, pcm] = [wav.readUInt32LE(24), wav.subarray(wav.indexOf("data") + 8)];
const socket = new WebSocket(url, { perMessageDeflate: false });

/** One message: a header of 16 bytes (PROTOCOL.md, section 2) and a body; handle 0 is the first puppet. */
const send = (type, body) => {
  const header = Buffer.from([0x42, 0x4b, 1, type, ...Array(12).fill(0)]);
  header.writeUInt32LE(body.length, 12);
  socket.send(Buffer.concat([header, body]));
};

socket.on("open", () => {
  send(1, Buffer.from(JSON.stringify({ role: "voice", name: "example", minor: 0, audible: false })));
  for (let at = 0; at + 1 < pcm.length; at += 960) {
    const piece = pcm.subarray(at, at + 960);
    const head = Buffer.alloc(16);
    head.writeUInt32LE(rate, 8);
    head.writeUInt16LE(piece.length >> 1, 12);
    send(24, Buffer.concat([head, piece.subarray(0, piece.length & ~1)]));
  }
  send(18, Buffer.from([1, ...Array(11).fill(0)])); // finish: turn 1 of this voice is whole
});
socket.on("message", (bytes) => {
  if (bytes[3] === 6) console.error(new TextDecoder().decode(bytes.subarray(16)));
  if (bytes[3] !== 20) return;
  const state = ["started", "heard", "finished", "interrupted"][bytes.readUInt32LE(20) - 1];
  console.log(`${state}, ${(Number(bytes.readBigInt64LE(24)) / 1e6).toFixed(2)} s`);
  if (state === "finished" || state === "interrupted") socket.close();
});
socket.on("error", (error) => console.error(`no puppet answers on ${url}: ${error.message}`));
