// The bytes that let a reader correct errors (Reed-Solomon over GF(256), as QR codes have it).
const exponents: number[] = [];
for (let power = 0, value = 1; power < 255; ++power) {
  exponents.push(value);
  value = value & 0x80 ? (value << 1) ^ 0x11d : value << 1;
}

const times = (a: number, b: number) =>
  a === 0 || b === 0 ? 0 : exponents[(exponents.indexOf(a) + exponents.indexOf(b)) % 255];

export function corrections(bytes: number[], count: number): number[] {
  let generator = [1];
  for (let power = 0; power < count; ++power) {
    generator = [...generator, 0].map(
      (each, at) => each ^ (at > 0 ? times(generator[at - 1], exponents[power]) : 0),
    );
  }
  const rest = [...bytes, ...new Array<number>(count).fill(0)];
  for (let at = 0; at < bytes.length; ++at) {
    const lead = rest[at];
    generator.forEach((each, offset) => (rest[at + offset] ^= times(each, lead)));
  }
  return rest.slice(bytes.length);
}
