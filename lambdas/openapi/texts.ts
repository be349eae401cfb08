export const TITLE = 'WhatsApp blocklist';

/** The first page of the document; the table of codes follows. */
export const INTRODUCTION = `Blocks, unblocks and looks up WhatsApp users for a team's own numbers, in front of Meta's Block Users API.

**Callers** sign each request with AWS Signature Version 4 for the service \`execute-api\`, or, if the stage has callers with keys,
send \`Authorization: Bearer <key>\` to a second address. \`x-scope\` of an operation is the scope that a caller needs. Operations with the
scope \`keys\` exist only at the address for signed callers.

**Numbers.** Each route of a number also exists without \`/{version}\`.

**Bodies** are JSON, or forms. A name that a route does not know is refused. \`…/block_users\` ignores the parameters that Graph takes on
every call (\`access_token\`, \`debug\`, …).

**Answers.** Every answer has an \`x-request-id\`. Every error has Graph's shape, with one of these codes, or another one that Graph gave:`;
