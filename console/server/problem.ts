/** What the console itself says in place of an answer of the service. */
export interface Problem {
  readonly status: number;
  /** `locked`: no secret; `signIn`: no AWS credentials, or they are over; `unreachable`: no answer. */
  readonly kind: 'foreign' | 'locked' | 'notFound' | 'readOnly' | 'invalid' | 'tooLarge' | 'signIn' | 'unreachable';
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Ends a request with what the console says itself. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}
