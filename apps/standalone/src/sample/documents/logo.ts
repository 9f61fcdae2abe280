import { crc32, deflateSync } from 'node:zlib';

const sizePixels = 128;
/** Each pixel is looked at this many times in both directions, so that edges are smooth. */
const samples = 4;

type Color = readonly [red: number, green: number, blue: number, alpha: number];
const none: Color = [0, 0, 0, 0];
const night: Color = [24, 38, 64, 255];
const groove: Color = [44, 62, 96, 255];
const salmon: Color = [232, 98, 74, 255];
const white: Color = [255, 255, 255, 255];

/** A record with a salmon-coloured label; `radius` is the distance from the centre, 1 at the edge. */
function colorAt(radius: number): Color {
  if (radius > 0.98) return none;
  if (radius < 0.07) return white;
  if (radius < 0.38) return salmon;
  if (radius < 0.41) return white;
  return Math.floor(radius * 34) % 4 === 0 ? groove : night;
}

function pixel(x: number, y: number): Buffer {
  const sum = [0, 0, 0, 0];
  for (let sample = 0; sample < samples * samples; sample++) {
    const across = (x + ((sample % samples) + 0.5) / samples) / sizePixels;
    const down = (y + (Math.floor(sample / samples) + 0.5) / samples) / sizePixels;
    const [red, green, blue, alpha] = colorAt(Math.hypot(across - 0.5, down - 0.5) * 2);
    for (const [channel, value] of [red * alpha, green * alpha, blue * alpha, alpha].entries()) {
      sum[channel] = (sum[channel] ?? 0) + value;
    }
  }
  const [red = 0, green = 0, blue = 0, alpha = 0] = sum;
  const weight = alpha || 1;
  return Buffer.from([red / weight, green / weight, blue / weight, alpha / (samples * samples)]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** The company's logo as a PNG with transparency (https://www.w3.org/TR/png-3/), 128 pixels square. */
export function drawLogo(): Buffer {
  const rows = Array.from({ length: sizePixels }, (_, y) =>
    Buffer.concat([Buffer.from([0]), ...Array.from({ length: sizePixels }, (__, x) => pixel(x, y))]),
  );
  const header = Buffer.alloc(13);
  header.writeUInt32BE(sizePixels, 0);
  header.writeUInt32BE(sizePixels, 4);
  header.set([8, 6, 0, 0, 0], 8); // 8 bits each of red, green, blue, alpha
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
