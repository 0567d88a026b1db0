import { testMachine } from '../../testing/machines/gpu.js';
import { describeOnnxAgreement } from '../../testing/onnx-agreement.js';

// A software adapter takes up to half a second a picture; the processors' test compares a hundred.
describeOnnxAgreement({ machine: testMachine, pictures: 4 });
