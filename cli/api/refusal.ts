import { z } from 'zod';
import { CliError } from '../cli-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

/** Graph's shape of an error, and what API Gateway says by itself. */
const refused = z.object({
  error: z.object({
    message: z.string(),
    code: z.number().optional(),
    error_data: z.object({ details: z.string() }).optional(),
  }),
});
const byGateway = z.object({ message: z.string() });

/** An answer that is no success, as a failure of the command. */
export function refusalOf(answer: { status: number; body: unknown; requestId: string | undefined }): CliError {
  const { status, body, requestId } = answer;
  const trace = requestId === undefined ? '' : ` (request ${requestId})`;
  return new CliError(exitCodeOf(status), `${messageOf(status, body)}${trace}`, hintOf(status));
}

function messageOf(status: number, body: unknown): string {
  const graph = refused.safeParse(body);
  if (graph.success) {
    const { message, error_data } = graph.data.error;
    const details = error_data?.details;
    return details === undefined || message.includes(details) ? message : `${message}: ${details}`;
  }
  const gateway = byGateway.safeParse(body);
  return `The service answered ${status}${gateway.success ? `: ${gateway.data.message}` : ''}`;
}

function exitCodeOf(status: number): ExitCode {
  if (status === 401 || status === 403) return EXIT.notAuthorized;
  if (status === 404) return EXIT.notFound;
  if (status === 409) return EXIT.conflict;
  return status === 429 || status >= 500 ? EXIT.unavailable : EXIT.usage;
}

function hintOf(status: number): string | undefined {
  if (status === 401) return 'Check BLOCKLIST_API_KEY: the key may have expired, or have been revoked';
  if (status === 403) return 'Your credentials may not do this; `blocklist doctor` says what they may';
  if (status === 502) return 'The access token of this number may be missing or refused: blocklist token check';
  if (status === 429 || status >= 500) return 'Try again later; `blocklist doctor` says how the service is';
  return undefined;
}
