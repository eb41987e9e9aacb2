import { Engine } from 'polkavm-js';
import { assemble } from 'polkavm-js/text';

const blob = assemble(`
  %isa = latest64
  pub @main:
  ecalli ask // the host's answer is in a0
  a0 = a0 * a0
  ret
`);
const instance = new Engine().compile(blob).instantiate();
instance.gas = 1_000n;
instance.prepareCall('main');

console.log(instance.run()); // a host call is an interrupt like any other
instance.setRegister('a0', 12n);
console.log(instance.run(), instance.getRegister('a0'), `gas left ${instance.gas}`);
