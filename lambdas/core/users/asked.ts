/** A caller, and the person or service it acts for, as the caller says. */
export interface Caller {
  /** IAM principal of the caller. */
  readonly actor: string;
  /** `X-On-Behalf-Of`, recorded beside the actor, never instead of it. */
  readonly onBehalfOf?: string | undefined;
}

/** Why somebody asks for a change. What is absent was not given. */
export interface Reasons {
  /** In the requester's own words. */
  readonly reason?: string | undefined;
  /** One of the codes that were configured at the time. */
  readonly reasonCode?: string | undefined;
}

/** Who asked for a change, and why, of anything that knows it among other things. */
export function whoAndWhy({ actor, onBehalfOf, reason, reasonCode }: Caller & Reasons): Caller & Reasons {
  return { actor, onBehalfOf, reason, reasonCode };
}

/** What is given, and what it leaves out as it was before. */
export function withReasonsOf(given: Reasons, before: Reasons | undefined): Reasons {
  return { reason: given.reason ?? before?.reason, reasonCode: given.reasonCode ?? before?.reasonCode };
}

/** Who asked for something, for whom, and when. */
export interface Asked extends Caller {
  /** ISO 8601. */
  readonly at: string;
}
