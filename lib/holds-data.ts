/**
 * The types of resources whose loss loses data: tables, the secret of the tokens, the key that encrypts both, logs. If
 * CloudFormation replaces one, the service goes on with a new, empty one, even if the old one is kept.
 */
export const HOLDS_DATA: readonly string[] = [
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::SecretsManager::Secret',
  'AWS::KMS::Key',
  'AWS::Logs::LogGroup',
];

/**
 * The stack policy: nobody's update may replace or delete what holds data, whatever its template says. It does not apply to
 * the deletion of the whole stack, which termination protection and the deletion policies guard.
 *
 * @param accepted logical ids that somebody agreed to lose in the update that follows
 */
export function stackPolicy(accepted: readonly string[] = []): string {
  const Principal = '*';
  return JSON.stringify({
    Statement: [
      { Effect: 'Allow', Action: 'Update:*', Principal, Resource: '*' },
      {
        Effect: 'Deny',
        Action: ['Update:Replace', 'Update:Delete'],
        Principal,
        ...(accepted.length === 0
          ? { Resource: '*' }
          : { NotResource: accepted.map((id) => `LogicalResourceId/${id}`) }),
        Condition: { StringEquals: { ResourceType: HOLDS_DATA } },
      },
    ],
  });
}
