/** What the page is told about the console that it belongs to. */
export interface ConsoleFacts {
  /** Address of the service. */
  readonly service: string;
  readonly read_only: boolean;
  /** Recorded beside the caller of every change, unless the person says otherwise. */
  readonly on_behalf_of?: string | undefined;
}
