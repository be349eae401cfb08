import * as z from 'zod';
import { gatewayEvent } from '../../test/support/gateway.ts';
import { buildHandler } from '../environment/build-handlers.ts';
import { type Environment, withEnvironment } from '../environment/environment.ts';
import { blockEvent, users } from '../environment/events.ts';
import { interleave } from '../measure/interleave.ts';
import { format, median, spread } from '../measure/stats.ts';
import { type Result, result, THRESHOLDS } from '../thresholds.ts';

const NUMBER = '1001';
const ROUNDS = 60;

/** A caller with a key beside one that signs: the authorizer, which API Gateway calls once a minute for a key, and the request. */
export function measureKeyCaller(): Promise<Result[]> {
  return withEnvironment({ dynamoMs: 4, graphMs: 50 }, async (environment) => {
    const [blockUsers, authorize, roundTrip] = await Promise.all([
      buildHandler('block-users'),
      buildHandler('authorize-key'),
      buildHandler('bench/environment/round-trip'),
    ]);
    const lookUp = { type: 'TOKEN', authorizationToken: `Bearer ${await makeKey(environment)}`, methodArn: METHOD };
    const gateway = environment.container();
    // The first call of a key also records its use, which happens once an hour.
    const { context } = authorized.parse((await gateway.invoke(authorize.file, lookUp)).result);
    await environment.dynamoDb({ resetCounts: true });
    await gateway.invoke(authorize.file, lookUp);
    const { readUnits, writeUnits } = await environment.dynamoDb();
    const container = environment.container();
    const { key, signed, withKey, trip } = await interleave(
      ROUNDS,
      {
        key: () => gateway.invoke(authorize.file, lookUp),
        signed: (round) => container.invoke(blockUsers.file, blockEvent(NUMBER, users(1, round))),
        withKey: (round) => container.invoke(blockUsers.file, blockEvent(NUMBER, users(1, 1_000 + round), context)),
        trip: () => container.invoke(roundTrip.file, {}),
      },
      { warmUp: 8 },
    );
    const tripMs = median(trip.map(({ ms }) => ms));
    const beyond = key.map(({ ms }) => ms - tripMs);
    const [signedMs, withKeyMs] = [signed, withKey].map((calls) => median(calls.map(({ ms }) => ms)));
    return [
      result(THRESHOLDS.keyLookUp, median(beyond), `${spread(beyond, 'ms')}; a round trip ${format(tripMs)} ms`),
      result(THRESHOLDS.keyUnits, readUnits + writeUnits, 'of a key whose use was recorded within the hour'),
      result(
        THRESHOLDS.keyRequest,
        (withKeyMs ?? Number.NaN) / (signedMs ?? Number.NaN),
        `${format(withKeyMs ?? Number.NaN)} ms with a key, ${format(signedMs ?? Number.NaN)} ms signed`,
      ),
    ];
  });
}

const METHOD = 'arn:aws:execute-api:us-east-1:111122223333:abc123/prod/POST/v25.0/1001/block_users';
const made = z.object({
  body: z.string().transform((text) => z.object({ key: z.string() }).parse(JSON.parse(text)).key),
});
const authorized = z.object({ context: z.record(z.string(), z.unknown()) });

async function makeKey(environment: Environment): Promise<string> {
  const { file } = await buildHandler('create-key');
  const body = { name: 'bench', scopes: ['write'] };
  const asked = gatewayEvent({ path: {}, resource: '/keys', headers: { 'Content-Type': 'application/json' }, body });
  return made.parse((await environment.container().invoke(file, asked)).result).body;
}
