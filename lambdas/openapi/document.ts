import { type Route, routes, routesOf } from '../contract/routes.ts';
import { componentSchemas, inlineSchema } from './components.ts';
import { type DocumentedRoute, TAGS } from './documented-route.ts';
import { errorCodes } from './error-codes.ts';
import { webhooks } from './events.ts';
import { PATH_PARAMETERS, type Parameters } from './parameters.ts';
import { componentHeaders, componentResponses, contentOf, responsesOf } from './responses.ts';
import { ROUTES } from './routes.ts';
import { INTRODUCTION, TITLE } from './texts.ts';

type Json = Record<string, unknown>;

const SECURITY_SCHEMES = {
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description:
      'AWS Signature Version 4 for the service `execute-api`, as every AWS SDK, or curl with `--aws-sigv4`, does',
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
  key: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'wabl_<stage>_<id>_<secret>',
    description:
      'A key, as clients of Graph send an access token; only if the stack has callers with keys, and only at the address for them',
  },
};

/** The functions that a caller with a key can reach; all others are for signed callers only. */
const FOR_KEYS = new Set(routesOf('apiKey', ['iam', 'apiKey']).map(({ handler }) => handler));

/** The contract as an OpenAPI document, from the table of routes and the schemas. Source: OpenAPI Specification 3.1.1. */
export function openApiDocument(): Json {
  return {
    openapi: '3.1.1',
    info: { title: TITLE, version: '1', description: `${INTRODUCTION}\n\n${codeTable()}` },
    servers: [
      {
        url: 'https://{api}.execute-api.{region}.amazonaws.com/{stage}',
        description:
          'Outputs of the stack have the whole address: `ApiUrl` for signed callers, `KeyApiUrl` for callers with a key',
        variables: { api: { default: 'abc123' }, region: { default: 'eu-west-1' }, stage: { default: 'prod' } },
      },
    ],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{ signature: [] }, { key: [] }],
    paths: paths(),
    webhooks: webhooks(),
    components: {
      securitySchemes: SECURITY_SCHEMES,
      schemas: componentSchemas(),
      responses: componentResponses(),
      headers: componentHeaders(),
    },
  };
}

function codeTable(): string {
  const rows = errorCodes().map(({ code, meaning }) => `| ${code} | ${meaning} |`);
  return ['| `code` | Means |', '|---|---|', ...rows].join('\n');
}

function paths(): Json {
  const all = new Map<string, Json>();
  const documented = routes().map((route) => ({ route, ...documentedPath(route.path) }));
  for (const { route, path, isShort } of documented.sort((a, b) => Number(a.isShort) - Number(b.isShort))) {
    const item = all.get(path) ?? { parameters: pathParameters(path) };
    item[route.method.toLowerCase()] = operation(route, isShort);
    all.set(path, item);
  }
  return Object.fromEntries(all);
}

/** API Gateway allows one name for the first variable of a path. If no number follows, the variable is the number. */
function documentedPath(path: string): { path: string; isShort: boolean } {
  const isShort = path.startsWith('/{version}/') && !path.startsWith('/{version}/{phoneNumberId}/');
  return { path: isShort ? path.replace('{version}', '{phoneNumberId}') : path, isShort };
}

function pathParameters(path: string): Json[] {
  const variables = [...path.matchAll(/(?:(\w+)\/)?\{(\w+)\}/g)];
  const named = variables.map(([, parent, name = '']) => {
    const schema = PATH_PARAMETERS[`${parent}/${name}`] ?? PATH_PARAMETERS[name];
    if (!schema) throw new Error(`${path} has a parameter that parameters.ts does not know: ${name}`);
    return [name, schema] as const;
  });
  return parameters('path', Object.fromEntries(named));
}

function operation(route: Route, isShort: boolean): Json {
  const { handler, scope } = route;
  const { tag, summary, description, query, headers, request }: DocumentedRoute = ROUTES[handler];
  return {
    operationId: isShort ? `${handler}WithoutVersion` : handler,
    tags: [tag],
    summary: isShort ? `${summary} (without a version)` : summary,
    ...(description === undefined ? {} : { description }),
    'x-scope': scope,
    ...(FOR_KEYS.has(handler) ? {} : { security: [{ signature: [] }] }),
    parameters: [...parameters('query', query ?? {}), ...parameters('header', headers ?? {})],
    ...(request ? { requestBody: { required: !request.isOptional, content: contentOf(request) } } : {}),
    responses: responsesOf(route),
  };
}

/** A list is one text with commas between. What `fields` says of a parameter goes beside its schema. */
function parameters(place: 'path' | 'query' | 'header', all: Parameters): Json[] {
  return Object.entries(all).map(([name, schema]) => {
    const { description, example, ...json } = inlineSchema(schema);
    return {
      name,
      in: place,
      ...(place === 'path' ? { required: true } : {}),
      ...(description === undefined ? {} : { description }),
      schema: json,
      ...(json.type === 'array' ? { style: 'form', explode: false } : {}),
      ...(example === undefined ? {} : { example }),
    };
  });
}
