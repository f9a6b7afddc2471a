/** What was started and has to be ended again. */
export interface Undo {
  /** Remembers how to end something; the last is ended first. */
  push(end: () => Promise<void> | void): void;
  /**
   * Ends everything, once: a second call waits for the first.
   * @throws the first error of an end, after all the others had their turn
   */
  close(): Promise<void>;
}

export function createUndo(): Undo {
  const ends: (() => Promise<void> | void)[] = [];
  let closing: Promise<void> | undefined;

  async function endAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
      try {
        await end();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  return {
    push: (end) => void ends.push(end),
    close: () => {
      closing ??= endAll();
      return closing;
    },
  };
}

/** Makes something of several parts; when one cannot be made, those before it are ended. */
export async function undoing<T>(make: (undo: Undo) => Promise<T>): Promise<T> {
  const undo = createUndo();
  try {
    return await make(undo);
  } catch (error) {
    await undo.close();
    throw error;
  }
}
