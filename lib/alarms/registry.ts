import { resourceAlarms } from './of-resources.ts';
import { scheduleAlarms } from './of-schedules.ts';
import { serviceAlarms } from './of-service.ts';
import type { AlarmRecord, AlarmSettings } from './record.ts';

/** Every alarm of a stack. With `metrics: off`, none that needs a metric of the service itself. */
export function alarmsOf(settings: AlarmSettings): AlarmRecord[] {
  const own = settings.metrics === 'off' ? [] : serviceAlarms(settings);
  return [...own, ...resourceAlarms(settings), ...scheduleAlarms(settings)];
}
