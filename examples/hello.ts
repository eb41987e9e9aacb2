import { Engine } from 'polkavm-js';
import { assemble } from 'polkavm-js/text';

const blob = assemble(`
  %isa = latest64
  pub @main:
  ecalli ask
  a0 = a0 * a0
  ret
`);
const instance = new Engine().compile(blob).instantiate();
instance.gas = 1_000n;
instance.prepareCall('main');
console.log(instance.run()); // { kind: 'ecalli', index: 0 }

instance.setRegister('a0', 12n); // what the host answers
console.log(instance.run()); // { kind: 'finished' }
console.log(instance.getRegister('a0'), instance.gas); // 144n 900n
