/** Where a run is shown in Slack. */
export interface MessageRef {
  /** Channel id, e.g. `C0123`. */
  readonly channel: string;
  readonly ts: string;
  readonly permalink?: string;
}
