// Runs RP2040 firmware on rp2040js from its second boot stage on, sends a request to UART0 and prints the answer in hex.
// node rp2040js.mjs PACKAGE FIRMWARE.bin REQUEST_HEX
import { readFileSync } from "node:fs";

const [folder, firmware, request] = process.argv.slice(2);
const { RP2040, ConsoleLogger, LogLevel } = await import(`file://${folder}/dist/esm/index.js`);
const BOOT2_BYTES = 256, BOOT2_OFFSET = 0x41f00, SRAM = 0x20000000;
const STARTED = 3_000_000, PAUSE = 2_000, LIMIT = 40_000_000; // instructions; bytes come slower than the line's

const chip = new RP2040();
chip.logger = new ConsoleLogger(LogLevel.Warn);
const image = readFileSync(firmware), bytes = Buffer.from(request, "hex"), answer = [];
chip.flash.set(image, 0);
chip.sram.set(image.subarray(0, BOOT2_BYTES), BOOT2_OFFSET); // what the boot ROM does
chip.core.PC = chip.core.SP = SRAM + BOOT2_OFFSET;
chip.uart[0].onByte = (byte) => answer.push(byte);
for (let i = 0, sent = 0; i < LIMIT && answer.at(-1) !== 0; i++) {
  chip.step();
  if (i > STARTED && i % PAUSE === 0 && sent < bytes.length) chip.uart[0].feedByte(bytes[sent++]);
}
console.log(Buffer.from(answer).toString("hex"));
