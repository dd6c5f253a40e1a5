import { expect, test } from 'vitest';
import type { Fact } from '../api/types';
import { groupsOf } from './groups';

const fact = (sequence: number, type: string, request_id?: string, gateway = 'gw_1') =>
  ({ sequence, type, request_id, gateway }) as unknown as Fact;

const told = (facts: Fact[]) =>
  groupsOf(facts).map(({ head, others }) => [head.type, ...others.map(({ type }) => type)]);

test('what one request did to one gateway is one row, whichever came first', () => {
  expect(
    told([
      fact(6, 'GatewayRemoved', 'c'),
      fact(5, 'KeyRevoked', 'c'),
      fact(4, 'GatewayConnected', 'b'),
      fact(3, 'RegistrationConfirmed', 'b'),
      fact(2, 'KeyIssued', 'a'),
      fact(1, 'GatewayAdded', 'a'),
    ]),
  ).toEqual([
    ['GatewayRemoved', 'KeyRevoked'],
    ['RegistrationConfirmed', 'GatewayConnected'],
    ['GatewayAdded', 'KeyIssued'],
  ]);
});

test('what only stands beside each other stays apart', () => {
  expect(told([fact(2, 'KeyExpired'), fact(1, 'KeyExpired')])).toHaveLength(2);
  expect(told([fact(2, 'KeyIssued', 'a', 'gw_2'), fact(1, 'KeyIssued', 'a')])).toHaveLength(2);
  expect(told([fact(2, 'KeyIssued', 'b'), fact(1, 'KeyRevoked', 'a')])).toHaveLength(2);
});

test('a companion alone is a row of its own', () => {
  expect(told([fact(1, 'KeyRevoked', 'a')])).toEqual([['KeyRevoked']]);
});
