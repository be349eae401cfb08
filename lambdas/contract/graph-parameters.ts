/**
 * Parameters that Graph takes on every call, and its clients send with any: how to answer, and credentials. Source: Graph's
 * guides on secure requests and debugging, its JavaScript SDK and its Explorer. `callback` is none of them: it asks for a
 * script, and who can sign for AWS needs none.
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
