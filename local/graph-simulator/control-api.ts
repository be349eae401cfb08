import { z } from 'zod';
import type { SimulatorControl } from './control.ts';
import {
  ControlInputError,
  clockChangeSchema,
  listChangeSchema,
  listContentSchema,
  parseInput,
  usersChangeSchema,
} from './control-input.ts';
import { faultRuleSchema, faultRulesSchema } from './fault-schema.ts';
import { optionsSchema } from './options.ts';
import { parseJson } from './read-body.ts';

export const CONTROL_PREFIX = '/_simulator';

export interface ControlRequest {
  method: string;
  pathname: string;
  /** The body; undefined if it is too large. */
  text: string | undefined;
}

export interface ControlAnswer {
  status: number;
  body: unknown;
}

interface Route {
  method: string;
  path: RegExp;
  run(control: SimulatorControl, body: unknown, phoneNumberId: string): unknown;
}

const objectSchema = z.record(z.string(), z.unknown());

/** What the control side can be asked: each route parses its body and calls one method of `SimulatorControl`. */
const ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/health$/, run: () => ({ status: 'ok' }) },
  { method: 'GET', path: /^\/options$/, run: (control) => control.options() },
  {
    method: 'PUT',
    path: /^\/options$/,
    run: (control, body) => control.putOptions(parseInput(optionsSchema, body)),
  },
  {
    method: 'PATCH',
    path: /^\/options$/,
    run: (control, body) =>
      control.putOptions(parseInput(optionsSchema, { ...control.options(), ...parseInput(objectSchema, body) })),
  },
  { method: 'GET', path: /^\/numbers$/, run: (control) => control.numbers() },
  { method: 'GET', path: /^\/numbers\/([^/]+)$/, run: (control, _body, id) => control.number(id) },
  {
    method: 'PATCH',
    path: /^\/numbers\/([^/]+)$/,
    run: (control, body, id) => control.changeNumber(id, parseInput(listChangeSchema, body)),
  },
  {
    method: 'PUT',
    path: /^\/numbers\/([^/]+)$/,
    run: (control, body, id) => control.setNumber(id, parseInput(listContentSchema, body).users),
  },
  {
    method: 'PATCH',
    path: /^\/users$/,
    run: (control, body) => control.changeUsers(parseInput(usersChangeSchema, body)),
  },
  { method: 'GET', path: /^\/faults$/, run: (control) => control.faults() },
  {
    method: 'POST',
    path: /^\/faults$/,
    run: (control, body) => {
      const rules = Array.isArray(body) ? parseInput(faultRulesSchema, body) : [parseInput(faultRuleSchema, body)];
      return control.addFaults(...rules);
    },
  },
  { method: 'DELETE', path: /^\/faults$/, run: (control) => control.clearFaults() },
  { method: 'GET', path: /^\/counters$/, run: (control) => control.counters() },
  { method: 'GET', path: /^\/calls$/, run: (control) => control.calls() },
  { method: 'GET', path: /^\/clock$/, run: (control) => control.clock() },
  {
    method: 'POST',
    path: /^\/clock$/,
    run: (control, body) => control.changeClock(parseInput(clockChangeSchema, body)),
  },
  { method: 'POST', path: /^\/reset$/, run: (control) => control.reset() },
];

/** Answers a request whose path begins with `/_simulator`. The answer to a method without a result is `{"ok": true}`. */
export function answerControl(control: SimulatorControl, { method, pathname, text }: ControlRequest): ControlAnswer {
  if (text === undefined) return problem(413, 'The body is too large', []);
  const path = pathname.slice(CONTROL_PREFIX.length);
  const routes = ROUTES.filter((route) => route.path.test(path));
  if (routes.length === 0) return problem(404, 'No such control route', []);
  const route = routes.find((one) => one.method === method);
  if (route === undefined) return problem(405, `Allowed: ${routes.map((one) => one.method).join(', ')}`, []);
  try {
    const body = parseJson(text);
    if (text !== '' && body === undefined) return problem(400, 'body: not valid JSON', []);
    const result = route.run(control, body, route.path.exec(path)?.[1] ?? '');
    return { status: 200, body: result ?? { ok: true } };
  } catch (error) {
    if (error instanceof ControlInputError) return problem(400, error.message, error.issues);
    throw error;
  }
}

function problem(status: number, message: string, issues: ControlInputError['issues']): ControlAnswer {
  return { status, body: { error: { message, issues } } };
}
