/** Skia numbers clip paths and gradients through the whole process; here they count from 0 in each file. */
export function renumberIds(svg: string): string {
  const numbers = new Map<string, string>();
  return svg.replace(/\b(id="|url\(#|href="#)(\w+)/g, (_, before: string, id: string) => {
    const number = numbers.get(id) ?? `i${numbers.size}`;
    numbers.set(id, number);
    return before + number;
  });
}
