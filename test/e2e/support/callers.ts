import { phoneNumberId } from './numbers.ts';

/** Who may use one number only, by the functions. */
export const CONFINED_USER = 'one-number-user';
export const CONFINED_ROLE = 'one-number-role';

export const CALLER_NUMBERS = {
  [`arn:aws:iam::000000000000:user/${CONFINED_USER}`]: [phoneNumberId('own')],
  [`arn:aws:iam::000000000000:role/team/${CONFINED_ROLE}`]: [phoneNumberId('own')],
};
