//! The devices themselves.

use crate::check::Check;
use crate::draw::Draw;
use crate::{dense, embed, loss, optimizer, product, route, scores, table, touched};
use ssim_kernels::kernel::Kernel;
use ssim_kernels::optimizer::{Moving, StepRate, adam};
use ssim_kernels::touched::TouchedIds;
use ssim_kernels::{Array, DeviceCall, DeviceError, Recorded, Simulated};
use std::sync::Arc;

/// All checks.
const CHECKS: [Check; 15] = [
    embed::embedded,
    embed::collected,
    route::listed,
    route::masked,
    route::routed,
    dense::finished,
    dense::begun,
    dense::columns,
    loss::pair_losses,
    loss::total,
    scores::score_slopes,
    touched::found,
    optimizer::adam,
    optimizer::caught_up,
    table::step,
];

#[test]
fn every_kernel_has_a_check() {
    let device = Recorded::new(Arc::new(Simulated::default()));
    for check in CHECKS.into_iter().chain([product::multiplied as _]) {
        for case in 0..20 {
            check(&device, &mut Draw::new(case)).expect("the check passes");
        }
    }
    let calls = device.take();
    for kernel in Kernel::ALL {
        assert!(calls.contains(&DeviceCall::Launch(*kernel)), "{}", kernel.name());
    }
    assert!(calls.iter().any(|call| matches!(call, DeviceCall::Multiply(_))));
}

#[test]
fn a_recorded_device_notes_each_call_and_passes_it_on() {
    let device = Recorded::new(Arc::new(Simulated::default()));
    let array = |value: f32| Array::copy(&device, &[value, value]).expect("room");
    let mut moving = Moving { w: array(1.0), m: array(0.0), v: array(0.0) };
    let (gradient, loss) = (array(0.5), Array::copy(&device, &[0.1]).expect("room"));
    let copies = [DeviceCall::Reserve(8), DeviceCall::Write(8)].repeat(5);
    assert_eq!(device.take(), copies);
    let rate = StepRate { step: 0.1, scale: 1.0, l2: 0.0 };
    adam(&device, &mut moving, &gradient, &loss, rate).expect("a step");
    assert_eq!(device.take(), [DeviceCall::Launch(Kernel::Adam)]);
    let w = moving.w.to_vec(&device).expect("a copy");
    assert!(w[0] < 1.0 && w[0] == w[1], "{w:?}");
    assert_eq!(device.take(), [DeviceCall::Read(8)]);
    assert_eq!(device.take(), []);
}

#[test]
fn a_device_without_room_says_how_much_was_asked_for() {
    let device = Simulated { room: 64, ..Simulated::default() };
    let fits = Array::<f64>::zeros(&device, 8).expect("room for 64 bytes");
    assert_eq!((fits.len(), fits.is_empty()), (8, false));
    let error = Array::<f64>::zeros(&device, 9).err().expect("no room for 72 bytes");
    assert!(matches!(error, DeviceError::Memory { bytes: 72, .. }));
    let told = "device: no room for 72 bytes more: simulated, with 64 bytes";
    assert_eq!(error.to_string(), told);
    let refused = TouchedIds::new(&device, 100, 7).err().expect("no room for 100 cells");
    assert!(matches!(refused, DeviceError::Memory { bytes: 400, .. }));
}
