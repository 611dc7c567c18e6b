import { DocumentId } from '../message';
import { LinkedFile, Rest } from '../rest';

const FRESH_MS = 10_000;

/** Which file of this server is which document; asked for when needed, and remembered for a moment. */
export class LinkedFiles {
  constructor(
    private readonly rest: Rest,
    private readonly now: () => number = Date.now
  ) {}

  /** The document of the file at `path`, if it is shared. */
  async at(path: string): Promise<LinkedFile | null> {
    const files = await this.all();
    return files.find(file => file.path === path) ?? null;
  }

  async of(document: DocumentId): Promise<LinkedFile | null> {
    const files = await this.all();
    return files.find(file => file.document === document) ?? null;
  }

  forget(): void {
    this.asked = null;
  }

  private all(): Promise<readonly LinkedFile[]> {
    if (this.asked === null || this.now() - this.askedAt > FRESH_MS) {
      this.askedAt = this.now();
      // A server that cannot say has nothing shared, as far as anybody here can tell.
      this.asked = this.rest.linkedFiles().catch(() => []);
    }
    return this.asked;
  }

  private asked: Promise<readonly LinkedFile[]> | null = null;
  private askedAt = 0;
}
