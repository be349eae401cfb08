/**
 * Parameters that Graph accepts with every call, and that its clients send: how to answer, and credentials. Source: Graph's
 * guides on secure requests and debugging, its JavaScript SDK and its Explorer. `callback` is not among them: it asks for a
 * script, and a client that can sign for AWS does not need one.
 */
export const GRAPH_GENERAL_PARAMETERS = [
  'access_token',
  'appsecret_proof',
  'appsecret_time',
  'debug',
  'format',
  'include_headers',
  'locale',
  'pretty',
  'sdk',
  'suppress_http_code',
  'transport',
] as const;
