/** Stands in bundles in place of `node:https`, for the same reason as `node-http.ts`. */
const https = process.getBuiltinModule('node:https');

export const { Agent, request } = https;
export default https;
