/**
 * In bundles, replaces `node:http`. Importing that as an ES module loads all of undici (25 ms of a cold start), for names
 * that nobody here uses. See `lib/bundling.ts`.
 */
const http = process.getBuiltinModule('node:http');

export const { Agent, request } = http;
export default http;
