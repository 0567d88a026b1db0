import { testCpu } from '../../testing/machines/cpu.js';
import { describeOnnxAgreement } from '../../testing/onnx-agreement.js';

describeOnnxAgreement({ machine: () => testCpu('cpu-simd'), pictures: 100 });
