/** A caller, and the person or service it acts for, as the caller says. */
export interface Caller {
  /** IAM principal of the caller. */
  readonly actor: string;
  /** `X-On-Behalf-Of`, recorded beside the actor, never instead of it. */
  readonly onBehalfOf?: string | undefined;
}

/** Who asked for something, for whom, and when. */
export interface Asked extends Caller {
  /** ISO 8601. */
  readonly at: string;
}
