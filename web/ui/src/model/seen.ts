/** Which numbers have come; remembers only those beyond the first hole. */
export class Seen {
  /** The last number up to which nothing is missing. */
  contiguous = 0;
  private readonly beyond = new Set<number>();

  /** False where `n` came before. */
  add(n: number): boolean {
    if (n <= this.contiguous || this.beyond.has(n)) return false;
    this.beyond.add(n);
    while (this.beyond.delete(this.contiguous + 1)) this.contiguous += 1;
    return true;
  }
}
