/** What a file system says about a file that holds a secret. */
export interface Ownership {
  /** Permission bits, with or without those of the file's type. */
  readonly mode: number;
  readonly uid: number;
}

/**
 * Who else may read or change a file with a secret, in words; undefined when nobody. Like OpenSSH it allows a file of
 * another owner to be shared with a group: that is how secrets are mounted into a container.
 * @param uid of the process that reads it
 */
export function exposure({ mode, uid: owner }: Ownership, uid: number): string | undefined {
  const others = owner === uid ? 0o077 : 0o007;
  if ((mode & others) === 0) return undefined;
  const got = (mode & 0o777).toString(8).padStart(4, '0');
  return owner === uid
    ? `got mode ${got}, expected 0600 or stricter`
    : `got mode ${got}, expected nothing for others (0640 or stricter)`;
}
