/** AWS answers in milliseconds. A call that hangs is cancelled and tried again while the caller is still waiting. */
export const AWS_CLIENT = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;
