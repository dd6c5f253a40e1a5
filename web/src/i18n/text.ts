// Puts values into a message: "Key no. {n}" with {n: 2}. A name without a value stays as it is
// written, so that a test sees it.
export function fill(message: string, values: Record<string, string | number>): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in values ? String(values[name]) : whole,
  );
}

// A message as its pieces, for those who put more than text between them.
export function pieces(message: string): { text?: string; name?: string }[] {
  return message
    .split(/(\{\w+\})/)
    .filter((piece) => piece !== '')
    .map((piece) => (/^\{\w+\}$/.test(piece) ? { name: piece.slice(1, -1) } : { text: piece }));
}

// Without case, accents and width, as the server searches.
export const fold = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
