import type { Change } from '@aws-sdk/client-cloudformation';
import * as z from 'zod';
import { HOLDS_DATA } from '../../lib/holds-data.ts';
import type { Template } from './template.ts';

/** A change that a deploy refuses unless a person accepts it by its logical id. */
export interface Finding {
  readonly id: string;
  readonly what: string;
}

/** Changes that lose data, as CloudFormation itself describes what it would do. */
export function dataAtRisk(changes: readonly Change[]): Finding[] {
  return changes.flatMap(({ ResourceChange: change }) => {
    const {
      LogicalResourceId: id = '',
      ResourceType: type = '',
      Action: action,
      Replacement: replacement,
    } = change ?? {};
    if (!HOLDS_DATA.includes(type)) return [];
    if (action === 'Add' || action === 'Import' || (action === 'Modify' && replacement === 'False')) return [];
    return [{ id, what: `${type} ${verb(action, replacement)}${because(change?.Details)}` }];
  });
}

function verb(action: string | undefined, replacement: string | undefined): string {
  if (action === 'Remove') return 'is removed from the stack';
  return replacement === 'True' ? 'is replaced by a new, empty one' : 'may be replaced by a new, empty one';
}

type Details = NonNullable<Change['ResourceChange']>['Details'];

/** The properties that ask for another resource. */
function because(details: Details): string {
  const names = (details ?? []).flatMap(({ Target: target }) =>
    target?.RequiresRecreation !== undefined && target.RequiresRecreation !== 'Never' ? [target.Name ?? ''] : [],
  );
  return names.length === 0 ? '' : ` (${[...new Set(names)].join(', ')})`;
}

const endpoint = z.object({ EndpointConfiguration: z.object({ Types: z.array(z.string()) }) });

/** APIs that only the VPC could reach, and everybody on the internet could after the deploy. */
export function madePublic(before: Template, after: Template): Finding[] {
  return Object.entries(after.Resources).flatMap(([id, { Type, Properties }]) => {
    if (Type !== 'AWS::ApiGateway::RestApi') return [];
    const wasPrivate = isPrivate(before.Resources[id]?.Properties);
    return wasPrivate && !isPrivate(Properties) ? [{ id, what: `${Type} is private, and becomes public` }] : [];
  });
}

function isPrivate(properties: unknown): boolean {
  const parsed = endpoint.safeParse(properties);
  return parsed.success && parsed.data.EndpointConfiguration.Types.includes('PRIVATE');
}
