use candle_core::{Device, Tensor, Var};
use ssim_core::layer::{Activation, Pass, dense};

fn tensor(values: &[f32], shape: (usize, usize)) -> Tensor {
    Tensor::from_slice(values, shape, &Device::Cpu).unwrap()
}

#[test]
fn the_slope_of_relu_at_zero_is_zero() {
    let x = Var::from_tensor(&tensor(&[0.0, 1.0], (2, 1))).unwrap();
    let (w, b) = (tensor(&[1.0], (1, 1)), Tensor::zeros(1, x.dtype(), &Device::Cpu).unwrap());
    let y = dense(x.as_tensor(), &w, &b, Activation::Relu(None).into()).unwrap();
    let grads = y.sum_all().unwrap().backward().unwrap();
    let dx = grads.get(&x).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(dx, [0.0, 1.0]);
}

#[test]
fn dropout_keeps_the_mean_and_the_share() {
    let (n, units, p) = (2000, 64, 0.3f32);
    let rows: Vec<u32> = (0..n as u32).collect();
    let keys = Pass::training(p, 9, 0).rows(&rows, 0).keys.unwrap();
    let x = Tensor::ones((n, 1), candle_core::DType::F32, &Device::Cpu).unwrap();
    let w = Tensor::ones((units, 1), candle_core::DType::F32, &Device::Cpu).unwrap();
    let b = Tensor::zeros(units, candle_core::DType::F32, &Device::Cpu).unwrap();
    let y = dense(&x, &w, &b, Activation::Relu(Some(keys)).into()).unwrap();
    let y = y.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let dropped = y.iter().filter(|v| **v == 0.0).count() as f64 / y.len() as f64;
    // 128,000 draws: the standard error of a share of 0.3 is 0.0013.
    assert!((dropped - 0.3).abs() < 0.006, "{dropped}");
    let mean: f64 = y.iter().map(|v| f64::from(*v)).sum::<f64>() / y.len() as f64;
    assert!((mean - 1.0).abs() < 0.01, "{mean}");
}

#[test]
fn dropout_depends_on_the_row_and_not_on_its_company() {
    let all = Pass::training(0.5, 3, 0).rows(&[0, 1, 2, 3], 1).keys.unwrap();
    // Rows 3 and 2 again, in a slice that begins at row 2.
    let slice = Pass::training(0.5, 3, 2).rows(&[1, 0], 1).keys.unwrap();
    let units = |keys: &ssim_core::layer::RowKeys, row| {
        let mut units = [1.0; 37];
        keys.apply(row, &mut units);
        units
    };
    assert_eq!(units(&all, 3), units(&slice, 0));
    assert_eq!(units(&all, 2), units(&slice, 1));
    assert_ne!(units(&all, 0), units(&all, 1));
    assert_ne!(units(&all.at_layer(1), 0), units(&all, 0));
    assert!(Pass::inference().rows(&[0], 0).keys.is_none());
}

#[test]
fn shapes_that_do_not_fit_are_an_error() {
    let (x, w) = (tensor(&[0.0; 6], (2, 3)), tensor(&[0.0; 8], (2, 4)));
    let b = Tensor::zeros(2, x.dtype(), &Device::Cpu).unwrap();
    assert!(dense(&x, &w, &b, Activation::None.into()).is_err());
}
